"""Import from CSV: what each bad row is told, that a dry run writes nothing, that a commit writes all or nothing."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from inventory.models import Vlan, VlanMove, VlanState
from tenants.import_file import Unreadable, decode, read
from tenants.importing import Outcome, World, judge
from tenants.models import Network, Tenant, TenantStatus
from tests.factories import make_management_network, make_pod, make_switch, make_tenant

HEADER = "tenant,pod,role,vlan,port_group,prefix,onboarded_on,wan,remote_gateway,customer_subnets,nat"
PRODUCTION = (
    "Acme,pod-1,failover-production,110,,10.40.0.0/24,2024-05-31,ipsec,198.51.100.7,192.168.10.0/24;192.168.11.0/24,no"
)
TEST = "Acme,pod-1,failover-test,111,acme_test,,,,,,"

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Write the lines below the header to a file and import it; returns what was printed, errors included."""

    def run(*lines: str, commit: bool = False, raw: bytes | None = None, fails: bool = False) -> str:
        file = tmp_path / "inventory.csv"
        file.write_bytes(raw if raw is not None else "\n".join([HEADER, *lines]).encode())
        error = ""
        if fails:
            with pytest.raises(CommandError) as refused:
                call_command("import_inventory", str(file), commit=commit)
            error = str(refused.value)
        else:
            call_command("import_inventory", str(file), commit=commit)
        return capsys.readouterr().out + error

    return run


@pytest.mark.django_db
def test_a_dry_run_gives_every_row_a_verdict_and_writes_nothing(run: Run) -> None:
    make_pod()
    told = run(PRODUCTION, TEST)
    assert "line 2: Acme: ok\nline 3: Acme: ok\n" in told
    assert "run it again with --commit" in told
    assert not Tenant.objects.exists()
    assert not VlanMove.objects.exists()


@pytest.mark.django_db
def test_a_commit_makes_active_tenants_with_live_networks_on_allocated_vlans(run: Run) -> None:
    make_pod()
    assert "2 ok, 0 already there, 0 wrong" in run(PRODUCTION, TEST, commit=True)
    tenant = Tenant.objects.get()
    assert (tenant.slug, tenant.status, tenant.onboarded_on) == ("acme", TenantStatus.ACTIVE, date(2024, 5, 31))
    rows = tenant.networks.values_list("port_group", "status", "live_on", "prefix", "vlan__state")
    day = date(2024, 5, 31)
    assert list(rows.order_by("vlan__vid")) == [
        ("Acme-failover-production-110", "live", day, "10.40.0.0/24", "allocated"),
        ("acme_test", "live", day, "", "allocated"),
    ]
    assert tenant.wan.remote_gateway == "198.51.100.7"
    assert tenant.customer_subnets.count() == 2
    assert {move.why for move in VlanMove.objects.all()} == {"import of Acme"}


@pytest.mark.django_db
def test_the_same_file_again_is_already_there(run: Run) -> None:
    make_pod()
    run(PRODUCTION, TEST, commit=True)
    assert "0 ok, 2 already there, 0 wrong" in run(PRODUCTION, TEST, commit=True)
    assert Network.objects.count() == 2


@pytest.mark.django_db
def test_an_existing_tenant_gains_networks(run: Run) -> None:
    make_tenant("Acme")
    told = run("Acme,pod-1,failover-test,101,,,,,,,", "acme,pod-1,extra,300,,,,,,,", fails=True)
    assert "writes 'acme', line 2 'Acme'" in told
    run("Acme,pod-1,extra,300,,,,,,,", "Acme,pod-1,replication,301,,,,,,,", commit=True)
    assert sorted(Network.objects.values_list("vlan__vid", flat=True)) == [100, 101, 300, 301]


@pytest.mark.django_db
def test_an_unclaimed_vlan_is_adopted_under_the_name_it_was_found_with(run: Run) -> None:
    make_pod()
    Vlan.objects.filter(vid=110).update(state=VlanState.UNCLAIMED, label="old prod")
    run(PRODUCTION, TEST, commit=True)
    assert Network.objects.get(vlan__vid=110).port_group == "old prod"
    assert Vlan.objects.get(vid=110).label == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("Bolt Ltd,pod-1,extra,300,,,,mpls,,,", "tenant: Zerto takes no special characters"),
        ("Bolt,pod-9,extra,300,,,,mpls,,,", "pod: no pod is named 'pod-9'"),
        ("Bolt,pod-1,backup,300,,,,mpls,,,", "role: 'backup' is none of"),
        ("Bolt,pod-1,extra,4095,,,,mpls,,,", "vlan: '4095' is no VLAN ID"),
        ("Bolt,pod-1,extra,1,,,,mpls,,,", "vlan: VLAN 1 of core-a is reserved"),
        ("Bolt,pod-1,extra,900,,,,mpls,,,", "vlan: VLAN 900 of core-a is allocated by Carol"),
        ("Bolt,pod-1,extra,110,,,,mpls,,,", "vlan: VLAN 110 of core-a is on line 2 already"),
        ("Bolt,pod-1,extra,300,a/b,,,mpls,,,", "port_group: Use letters"),
        ("Bolt,pod-1,extra,300,Acme_test,,,mpls,,,", "port_group: Acme_test is on line 3 already"),
        ("Bolt,pod-1,extra,300,,10.0.1.0/24,,mpls,,,", "prefix: 10.0.1.0/24 overlaps the provider's"),
        ("Bolt,pod-1,extra,300,,,31.5.2024,mpls,,,", "onboarded_on: '31.5.2024' is no date"),
        ("Bolt,pod-1,extra,300,,,2999-01-01,mpls,,,", "onboarded_on: 2999-01-01 is in the future"),
        ("Bolt,pod-1,extra,300,,,,,,,", "wan: '' is none of"),
        ("Bolt,pod-1,extra,300,,,,internet,,,", "wan: Bare internet"),
        ("Bolt,pod-1,extra,300,,,,ipsec,,,", "remote_gateway: An IPsec VPN needs"),
        ("Bolt,pod-1,extra,300,,,,mpls,,10.0.0.0/24,", "customer_subnets: 10.0.0.0/24 overlaps the provider's"),
        ("Bolt,pod-1,extra,300,,,,mpls,,,yes", "nat: Zerto does not work through NAT"),
        ("Bolt,pod-1,extra,300,,,,mpls,,,perhaps", "nat: 'perhaps' is neither yes nor no"),
        ("Bolt,pod-1,extra,300,,,,mpls,,,", "role: A tenant needs a failover-production network"),
        ("Bolt,pod-1,extra,300", "has 4 cells, the header has 11"),
        ("Acme,pod-1,replication,112,,,,mpls,,,", "wan: 'mpls' here, 'ipsec' on an earlier line"),
        ("Carol,pod-1,failover-test,901,,,,mpls,,,", "wan: 'mpls' here, but Carol has 'ipsec'"),
        ("Carol,pod-1,replication,901,,,,,,,", "role: 'replication' here, but 'failover-test' is stored"),
    ],
)
def test_a_bad_row_is_told_by_line_and_nothing_at_all_is_written(run: Run, row: str, words: str) -> None:
    pod = make_pod()
    make_management_network("10.0.0.0/22")
    make_tenant("Carol", pod=pod, vids=(900, 901))
    told = run(PRODUCTION, TEST, row, commit=True, fails=True)
    line = next(line for line in told.splitlines() if line.startswith("line 4: "))
    assert words in line
    assert "Nothing was written" in told
    assert list(Tenant.objects.values_list("name", flat=True)) == ["Carol"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "Line 1 lacks: 'tenant'"),
        (b"tenant,pod,role\nx,y,z", "Line 1 lacks: 'vlan'"),
        (b"tenant,pod,role,vlan,colour\n", "unknown columns: 'colour'"),
        (b"tenant,pod,role,vlan,vlan\n", "names twice: 'vlan'"),
        (b"tenant;pod;role;vlan\n", "separate them with commas"),
        (b"tenant,pod,role,vlan\nM\xfcller,p,extra,3\n", "Line 2 is not UTF-8"),
        ("tenant,pod,role,vlan\n".encode("utf-16"), "not UTF-8"),
        ("tenant,pod\n".encode("utf-16-le"), "zero bytes"),
        (b'tenant,pod,role,vlan\n"Acme,pod-1,extra,3\n', "check its quotes"),
        (b"tenant,pod,role,vlan\n", "no rows below its header"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(run: Run, raw: bytes, words: str) -> None:
    assert words in run(raw=raw, fails=True)


@pytest.mark.django_db
def test_a_byte_order_mark_windows_line_ends_and_blank_lines_do_no_harm(run: Run) -> None:
    make_pod()
    text = "\r\n".join([HEADER, PRODUCTION, "", ",,,,,,,,,,", TEST, ""])
    assert "2 ok" in run(raw=b"\xef\xbb\xbf" + text.encode())


@pytest.mark.django_db
def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_inventory", str(tmp_path / "none.csv"))


@pytest.mark.django_db
def test_the_number_of_queries_of_a_dry_run_does_not_grow_with_rows(
    run: Run, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    make_pod(switch=make_switch())
    lines = [
        f"T{n},pod-1,{role},{100 + 2 * n + index},,,,mpls,,,"
        for n in range(300)
        for index, role in enumerate(("failover-production", "failover-test"))
    ]
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        assert "600 ok" in run(*lines)


NOTHING_HERE = World(pods={}, tenants={}, vlans={}, port_groups=frozenset())


@given(st.binary(max_size=60) | st.text(max_size=120).map(lambda text: f"tenant,pod,role,vlan\n{text}".encode()))
def test_any_bytes_are_either_refused_as_a_file_or_judged_row_by_row(raw: bytes) -> None:
    try:
        rows = read(decode(raw))
    except Unreadable:
        return
    judgement = judge(rows, NOTHING_HERE, today=date(2026, 1, 1))
    assert [verdict.line for verdict in judgement.verdicts] == [row.line for row in rows]
    assert {verdict.outcome for verdict in judgement.verdicts} <= {Outcome.WRONG}
