// A vCenter for the lab: govmomi's simulator library, served over TLS with an inventory of our choosing.
//
// It prints one line of JSON ({"url": …}) when it listens, and ends when its standard input closes, so that it never
// outlives whoever started it. State is in memory only.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

var (
	listen      = flag.String("listen", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	certificate = flag.String("certificate", "", "TLS certificate (PEM); without one the simulator speaks plain HTTP")
	key         = flag.String("key", "", "the certificate's private key (PEM)")
	username    = flag.String("username", "", "the only user that may sign in; its password comes in $VCSIM_PASSWORD")
	datacenter  = flag.String("datacenter", "DC0", "name of the one datacenter")
	switches    = flag.String("dvs", "DVS0", "names of the distributed switches, separated by commas")
	delays      = flag.String("delay", "", "milliseconds before a method answers: AddDVPortgroup_Task=200,…")
	strict      = flag.Bool("strict", false, "refuse what a vCenter refuses (strict.go)")
	batches     = flag.String("batches", "half", "strict: what becomes of a batch with a bad specification: half or whole")
	denied      = flag.String("denied", "", "strict: privileges that the account lacks: DVPortgroup.Create,…")
	stubborn    = flag.Bool("stubborn", false, "strict: tasks cannot be called off")
	slow        = flag.String("slow-tasks", "", "strict: milliseconds that a task waits: AddDVPortgroup_Task=200,…")
)

func main() {
	flag.Parse()
	model := simulator.VPX()
	model.Portgroup = 0 // the library's own switch and group are not ours to explain
	about := &model.ServiceContent.About
	about.FullName, about.Version, about.ApiVersion = "vcsim, a simulated VMware vCenter Server 7.0.3", "7.0.3", "7.0.3.0"
	model.DelayConfig.MethodDelay = milliseconds(*delays)
	defer model.Remove()
	must(model.Create())
	must(furnish(model))
	simulator.Map.AddHandler(plugs{})
	if *strict {
		keep(&Rules{whole: *batches == "whole", denied: set(*denied), slow: milliseconds(*slow), stubborn: *stubborn})
	}

	model.Service.Listen = &url.URL{Host: *listen}
	if *username != "" {
		model.Service.Listen.User = url.UserPassword(*username, os.Getenv("VCSIM_PASSWORD"))
	}
	if *certificate != "" {
		pair, err := tls.LoadX509KeyPair(*certificate, *key)
		must(err)
		model.Service.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	server := model.Service.NewServer()
	defer server.Close()
	must(json.NewEncoder(os.Stdout).Encode(map[string]string{"url": server.URL.Scheme + "://" + server.URL.Host}))
	untilTold()
}

// furnish names the datacenter and adds the distributed switches, each with the uplink group that vSphere gives it.
func furnish(model *simulator.Model) error {
	ctx := context.Background()
	client, err := vim25.NewClient(ctx, model.Service)
	if err != nil {
		return err
	}
	finder := find.NewFinder(client)
	dc, err := finder.DefaultDatacenter(ctx)
	if err != nil {
		return err
	}
	if *datacenter != dc.Name() {
		task, err := dc.Common.Rename(ctx, *datacenter)
		if err != nil {
			return err
		}
		if err = task.Wait(ctx); err != nil {
			return err
		}
	}
	folders, err := dc.Folders(ctx)
	if err != nil {
		return err
	}
	for _, name := range strings.Split(*switches, ",") {
		spec := types.DVSCreateSpec{ConfigSpec: &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Name: name}}}
		task, err := folders.NetworkFolder.CreateDVS(ctx, spec)
		if err != nil {
			return err
		}
		if err = task.Wait(ctx); err != nil {
			return err
		}
	}
	markUplinks()
	return nil
}

// markUplinks gives the uplink groups the tag by which vSphere tells them apart; the library leaves it out.
func markUplinks() {
	for _, found := range simulator.Map.All("DistributedVirtualPortgroup") {
		group := found.(*simulator.DistributedVirtualPortgroup)
		group.Tag = []types.Tag{{Key: "SYSTEM/DVS.UPLINKPG"}}
	}
}

// plugs keeps, for each port group, the list of machines plugged into it, which the library leaves empty.
type plugs struct{}

func (plugs) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "Plugs", Value: "plugs"}
}

func (plugs) PutObject(mo.Reference) {}

func (plugs) RemoveObject(gone types.ManagedObjectReference) {
	if gone.Type == "VirtualMachine" {
		plug(gone, nil)
	}
}

func (plugs) UpdateObject(changed mo.Reference, changes []types.PropertyChange) {
	machine, ok := changed.(*mo.VirtualMachine)
	if !ok {
		return
	}
	for _, change := range changes {
		if change.Name == "network" {
			plug(machine.Self, machine.Network)
		}
	}
}

// plug writes into every group whether the machine is plugged into it.
func plug(machine types.ManagedObjectReference, networks []types.ManagedObjectReference) {
	for _, found := range simulator.Map.All("DistributedVirtualPortgroup") {
		group := groupData(found)
		if simulator.FindReference(networks, group.Self) != nil {
			simulator.Map.AddReference(found, &group.Vm, machine)
		} else if simulator.FindReference(group.Vm, machine) != nil {
			simulator.Map.RemoveReference(found, &group.Vm, machine)
		}
	}
}

func groupData(found mo.Entity) *simulator.DistributedVirtualPortgroup {
	if strict, ok := found.(*groupOf); ok {
		return &strict.DistributedVirtualPortgroup
	}
	return found.(*simulator.DistributedVirtualPortgroup)
}

func milliseconds(text string) map[string]int {
	delays := map[string]int{}
	for _, part := range strings.Split(text, ",") {
		if name, number, found := strings.Cut(part, "="); found {
			count, err := strconv.Atoi(number)
			must(err)
			delays[name] = count
		}
	}
	return delays
}

func set(text string) map[string]bool {
	members := map[string]bool{}
	for _, part := range strings.Split(text, ",") {
		members[part] = true
	}
	return members
}

// untilTold waits for a signal to end, or for standard input to close because the starter is gone.
func untilTold() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		told <- syscall.SIGTERM
	}()
	<-told
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
