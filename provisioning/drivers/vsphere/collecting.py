"""Reading in bulk: properties of many objects in one call, every switch and every group."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisioning.drivers.protocol import Attributes
from provisioning.drivers.vsphere.port_groups import UPLINK_TAG, attributes_of, unescaped
from provisioning.drivers.vsphere.sdk import vim, vmodl

_collecting = vmodl.query.PropertyCollector
NSX = "nsx"  # DistributedVirtualPortgroupBackingType


@dataclass(frozen=True, slots=True)
class Group:
    """A port group as it was found, and vSphere's reference to it."""

    reference: Any
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Version:
    """The version of a group's configuration, which a change of it has to name, and what it had then."""

    version: str
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Survey:
    """Every distributed switch by name (more than one reference where a name is not unique), every group by its key.

    ``folders``: where each switch is; its groups are there too. ``names``: of each folder, the names that groups have
    there, and the switch of each, whosever they are: a name can be had once in a folder.
    """

    switches: Mapping[str, Sequence[Any]]
    groups: Mapping[str, Group]
    folders: Mapping[Any, Any]
    names: Mapping[tuple[Any, str], str]


def properties(
    collector: Any, object_specs: Sequence[Any], wanted: Mapping[type, Sequence[str]]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Each object with its properties by path, page after page. What an object does not have is left out.

    Raises NotAuthenticated and NoPermission, which vSphere may tell of a property alone: without them, what we must
    not see would read as if it were not there.
    """
    filter_spec = _collecting.FilterSpec(
        objectSet=list(object_specs),
        propSet=[_collecting.PropertySpec(type=kind, pathSet=list(paths)) for kind, paths in wanted.items()],
        # An object that vanishes while we read is left out rather than failing the whole read.
        reportMissingObjectsInResults=True,
    )
    page = collector.RetrievePropertiesEx([filter_spec], _collecting.RetrieveOptions())
    while page is not None:
        for item in page.objects:
            for missing in item.missingSet or ():
                if isinstance(missing.fault, vim.fault.NoPermission):
                    raise missing.fault
            yield item.obj, {prop.name: prop.val for prop in item.propSet}
        page = collector.ContinueRetrievePropertiesEx(page.token) if page.token else None


def of_objects(
    collector: Any, references: Iterable[Any], kind: type, paths: Sequence[str]
) -> dict[Any, dict[str, Any]]:
    """The properties of just these objects; those that are gone are left out."""
    specs = [_collecting.ObjectSpec(obj=reference) for reference in references]
    return dict(properties(collector, specs, {kind: paths})) if specs else {}


def survey(content: Any) -> Survey:
    """Everything that is there, in one retrieval whatever the number of groups.

    What is asked of every group is kept short, for reading the answer takes most of the time: whose group it is, and
    in which folder, is told by the switch. Uplink groups are left out, and those that NSX made for its segments: they
    are not a vCenter's to change.
    """
    kinds = [vim.DistributedVirtualSwitch, vim.dvs.DistributedVirtualPortgroup]
    view = content.viewManager.CreateContainerView(content.rootFolder, kinds, True)
    try:
        traversal = _collecting.TraversalSpec(name="view", path="view", skip=False, type=vim.view.ContainerView)
        start = _collecting.ObjectSpec(obj=view, skip=True, selectSet=[traversal])
        paths = {
            vim.DistributedVirtualSwitch: ["name", "parent", "portgroup", "config.uplinkPortgroup"],
            vim.dvs.DistributedVirtualPortgroup: [
                *("name", "tag", "config.defaultPortConfig"),
                *(["config.backingType"] if knows_nsx(content.about.apiVersion) else []),
            ],
        }
        found = list(properties(content.propertyCollector, [start], paths))
    finally:
        view.DestroyView()
    return _arranged(found)


def versions(collector: Any, references: Iterable[Any]) -> dict[Any, Version]:
    """Of these groups, as of now; those that are gone are left out."""
    paths = ["config.configVersion", "config.defaultPortConfig"]
    found = of_objects(collector, references, vim.dvs.DistributedVirtualPortgroup, paths)
    return {
        reference: Version(values.get(paths[0]) or "", attributes_of(values.get(paths[1])))
        for reference, values in found.items()
    }


def _arranged(found: Sequence[tuple[Any, dict[str, Any]]]) -> Survey:
    switch_of: dict[Any, tuple[str, Any]] = {}  # of each group: its switch's name, and the folder
    switches: dict[str, list[Any]] = {}
    folders: dict[Any, Any] = {}
    uplinks: set[Any] = set()
    for reference, values in found:
        if isinstance(reference, vim.DistributedVirtualSwitch) and "name" in values:
            name, folders[reference] = unescaped(values["name"]), values.get("parent")
            switches.setdefault(name, []).append(reference)
            switch_of.update((group, (name, folders[reference])) for group in values.get("portgroup") or ())
            uplinks.update(values.get("config.uplinkPortgroup") or ())
    groups, names = {}, {}
    for reference, values in found:
        if reference not in switch_of or "name" not in values:  # without a name, it vanished while we read
            continue
        (dvs, folder), name = switch_of[reference], unescaped(values["name"])
        names[folder, name] = dvs
        if reference in uplinks or _is_tagged_uplink(values) or values.get("config.backingType") == NSX:
            continue
        groups[f"{dvs}/{name}"] = Group(reference, attributes_of(values.get("config.defaultPortConfig")))
    return Survey(switches, groups, folders, names)


def knows_nsx(api_version: str) -> bool:
    """Whether this vSphere tells what backs a group: from 7.0 on. An older one refuses to be asked."""
    major = api_version.partition(".")[0]
    return major.isdecimal() and int(major) >= 7


def _is_tagged_uplink(values: Mapping[str, Any]) -> bool:
    return any(tag.key == UPLINK_TAG for tag in values.get("tag") or ())
