// What a vCenter refuses and govmomi's simulator lets pass: our own additions, after the API's documentation.
//
// The simulator is extended the way it is meant to be: an object of its registry is replaced by one of ours that embeds
// it and overrides a method. What is not overridden stays the library's.
package main

import (
	"reflect"
	"strconv"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	longestName  = 80
	lastVlan     = 4094
	firstVersion = "1"
)

// Rules say which of a vCenter's refusals are on, and how slow its tasks are.
type Rules struct {
	whole    bool            // a batch with one bad specification is refused as a whole; otherwise half applied
	denied   map[string]bool // privileges that the account lacks
	slow     map[string]int  // milliseconds that a task of that method stays queued
	stubborn bool            // no task can be called off
}

// switchOf is a distributed switch that keeps the rules.
type switchOf struct {
	simulator.DistributedVirtualSwitch
	rules *Rules
}

// groupOf is a distributed port group that keeps the rules.
type groupOf struct {
	simulator.DistributedVirtualPortgroup
	rules *Rules
}

// keep replaces every distributed switch and port group that is there by one that keeps the rules.
func keep(rules *Rules) {
	aside := &stepAside{}
	for _, found := range simulator.Map.All("DistributedVirtualPortgroup") {
		adopt(found.Reference(), rules)
	}
	for _, found := range simulator.Map.All("DistributedVirtualSwitch") {
		strict := &switchOf{*found.(*simulator.DistributedVirtualSwitch), rules}
		simulator.Map.Put(strict)
		aside.switches = append(aside.switches, strict)
	}
	simulator.Map.AddHandler(aside)
}

func adopt(ref types.ManagedObjectReference, rules *Rules) {
	if group, ok := simulator.Map.Get(ref).(*simulator.DistributedVirtualPortgroup); ok {
		group.Config.ConfigVersion = firstVersion
		simulator.Map.Put(&groupOf{*group, rules})
	}
}

// AddDVPortgroupTask creates what comes before the first bad specification, or nothing if there is one.
func (s *switchOf) AddDVPortgroupTask(ctx *simulator.Context, c *types.AddDVPortgroup_Task) soap.HasFault {
	body := &methods.AddDVPortgroup_TaskBody{}
	if body.Fault_ = s.rules.permission(s, "DVPortgroup.Create"); body.Fault_ != nil {
		return body
	}
	task := s.rules.begin(s, "addDVPortgroup", c, func() types.BaseMethodFault {
		good, fault := s.good(c.Spec)
		if fault != nil && s.rules.whole {
			return fault
		}
		before := len(s.Portgroup)
		s.DistributedVirtualSwitch.AddDVPortgroupTask(ctx, &types.AddDVPortgroup_Task{This: c.This, Spec: good})
		for _, ref := range s.Portgroup[before:] {
			adopt(ref, s.rules)
		}
		return fault
	})
	body.Res = &types.AddDVPortgroup_TaskResponse{Returnval: task}
	return body
}

// good are the specifications before the first bad one, and what is wrong with that.
func (s *switchOf) good(specs []types.DVPortgroupConfigSpec) ([]types.DVPortgroupConfigSpec, types.BaseMethodFault) {
	taken := map[string]types.ManagedObjectReference{}
	for _, ref := range folderOf(s.Parent).ChildEntity {
		if entity, ok := simulator.Map.Get(ref).(mo.Entity); ok {
			taken[entity.Entity().Name] = ref
		}
	}
	for i, spec := range specs {
		if other, found := taken[spec.Name]; found {
			return specs[:i], &types.DuplicateName{Name: spec.Name, Object: other}
		}
		if fault := wrong(&spec); fault != nil {
			return specs[:i], fault
		}
		taken[spec.Name] = s.Self // were it named twice in one batch
	}
	return specs, nil
}

// ReconfigureDvsTask adds hosts to the switch; the library's own expects groups that are the library's own.
func (s *switchOf) ReconfigureDvsTask(c *types.ReconfigureDvs_Task) soap.HasFault {
	task := s.rules.begin(s, "reconfigureDvs", c, func() types.BaseMethodFault {
		members := s.Summary.HostMember
		for _, member := range c.Spec.GetDVSConfigSpec().Host {
			if member.Operation != string(types.ConfigSpecOperationAdd) {
				return &types.NotSupported{}
			}
			if simulator.FindReference(members, member.Host) != nil {
				return &types.AlreadyExists{Name: member.Host.Value}
			}
			members = append(members, member.Host)
		}
		simulator.Map.Update(s, []types.PropertyChange{{Name: "summary.hostMember", Val: members}})
		return nil
	})
	return &methods.ReconfigureDvs_TaskBody{Res: &types.ReconfigureDvs_TaskResponse{Returnval: task}}
}

// ReconfigureDVPortgroupTask changes what the specification sets, if it was made for the version that is there.
func (g *groupOf) ReconfigureDVPortgroupTask(c *types.ReconfigureDVPortgroup_Task) soap.HasFault {
	body := &methods.ReconfigureDVPortgroup_TaskBody{}
	if body.Fault_ = g.rules.permission(g, "DVPortgroup.Modify"); body.Fault_ != nil {
		return body
	}
	task := g.rules.begin(g, "reconfigureDvPortgroup", c, func() types.BaseMethodFault {
		if c.Spec.ConfigVersion == "" {
			return &types.InvalidArgument{InvalidProperty: "spec.configVersion"}
		}
		if c.Spec.ConfigVersion != g.Config.ConfigVersion {
			return &types.ConcurrentAccess{}
		}
		if fault := wrong(&c.Spec); fault != nil {
			return fault
		}
		return g.change(&c.Spec)
	})
	body.Res = &types.ReconfigureDVPortgroup_TaskResponse{Returnval: task}
	return body
}

func (g *groupOf) change(spec *types.DVPortgroupConfigSpec) types.BaseMethodFault {
	if spec.Name != "" && spec.Name != g.Name {
		other := simulator.Map.FindByName(spec.Name, folderOf(g.Parent).ChildEntity)
		if other != nil {
			return &types.DuplicateName{Name: spec.Name, Object: other.Reference()}
		}
	}
	config := g.Config
	given, taken := reflect.ValueOf(spec).Elem(), reflect.ValueOf(&config).Elem()
	for i := 0; i < given.NumField(); i++ {
		name := given.Type().Field(i).Name
		field := taken.FieldByName(name)
		if name != "DefaultPortConfig" && field.IsValid() && !given.Field(i).IsZero() {
			field.Set(given.Field(i))
		}
	}
	if setting, ok := spec.DefaultPortConfig.(*types.VMwareDVSPortSetting); ok {
		config.DefaultPortConfig = merged(config.DefaultPortConfig, setting)
	}
	version, _ := strconv.Atoi(g.Config.ConfigVersion)
	config.ConfigVersion = strconv.Itoa(version + 1)
	g.Name, g.Entity().Name = config.Name, config.Name
	simulator.Map.Update(g, []types.PropertyChange{{Name: "config", Val: config}})
	return nil
}

// merged is the setting that was there, with what the new one sets in its place.
func merged(there types.BaseDVPortSetting, given *types.VMwareDVSPortSetting) types.BaseDVPortSetting {
	result := types.VMwareDVSPortSetting{}
	if old, ok := there.(*types.VMwareDVSPortSetting); ok {
		result = *old
	}
	overlay(reflect.ValueOf(&result).Elem(), reflect.ValueOf(given).Elem())
	return &result
}

func overlay(onto, given reflect.Value) {
	for i := 0; i < given.NumField(); i++ {
		if given.Field(i).Kind() == reflect.Struct {
			overlay(onto.Field(i), given.Field(i))
		} else if !given.Field(i).IsZero() {
			onto.Field(i).Set(given.Field(i))
		}
	}
}

// DestroyTask removes a group that no machine is plugged into.
func (g *groupOf) DestroyTask(c *types.Destroy_Task) soap.HasFault {
	body := &methods.Destroy_TaskBody{}
	if body.Fault_ = g.rules.permission(g, "DVPortgroup.Delete"); body.Fault_ != nil {
		return body
	}
	task := g.rules.begin(g, "destroy", c, func() types.BaseMethodFault {
		if len(g.Vm) > 0 {
			return &types.ResourceInUse{Type: "DistributedVirtualPortgroup", Name: g.Name}
		}
		remove(g)
		return nil
	})
	body.Res = &types.Destroy_TaskResponse{Returnval: task}
	return body
}

func remove(g *groupOf) {
	parent := simulator.Map.Get(*g.Config.DistributedVirtualSwitch).(*switchOf)
	simulator.Map.RemoveReference(parent, &parent.Portgroup, g.Self)
	folder := folderOf(g.Parent)
	simulator.Map.Remove(g.Self)
	simulator.Map.RemoveReference(folder, &folder.ChildEntity, g.Self)
	if center, ok := simulator.Map.Get(*folder.Parent).(*simulator.Datacenter); ok {
		simulator.Map.RemoveReference(center, &center.Network, g.Self)
	}
}

func folderOf(parent *types.ManagedObjectReference) *simulator.Folder {
	return simulator.Map.Get(*parent).(*simulator.Folder)
}

// wrong is what a vCenter has against a specification, whatever else is there.
func wrong(spec *types.DVPortgroupConfigSpec) types.BaseMethodFault {
	if len(spec.Name) > longestName {
		return &types.InvalidName{Name: spec.Name}
	}
	setting, ok := spec.DefaultPortConfig.(*types.VMwareDVSPortSetting)
	if !ok {
		if spec.DefaultPortConfig == nil {
			return nil
		}
		return &types.InvalidArgument{InvalidProperty: "spec.defaultPortConfig"}
	}
	refused := false
	switch vlan := setting.Vlan.(type) {
	case *types.VmwareDistributedVirtualSwitchVlanIdSpec:
		refused = vlan.VlanId < 0 || vlan.VlanId > lastVlan
	case *types.VmwareDistributedVirtualSwitchPvlanSpec:
		refused = vlan.PvlanId < 1 || vlan.PvlanId > lastVlan
	case *types.VmwareDistributedVirtualSwitchTrunkVlanSpec:
		for _, run := range vlan.VlanId {
			refused = refused || run.Start < 0 || run.End > lastVlan || run.Start > run.End
		}
	}
	if refused {
		return &types.InvalidArgument{InvalidProperty: "spec.defaultPortConfig.vlan"}
	}
	return nil
}

// permission is nil where the account has the privilege.
func (r *Rules) permission(on mo.Reference, privilege string) *soap.Fault {
	if !r.denied[privilege] {
		return nil
	}
	return simulator.Fault("", &types.NoPermission{Object: on.Reference(), PrivilegeId: privilege})
}
