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
)

func main() {
	flag.Parse()
	model := simulator.VPX()
	model.Portgroup = 0 // the library's own switch and group are not ours to explain
	about := &model.ServiceContent.About
	about.FullName, about.Version, about.ApiVersion = "vcsim, a simulated VMware vCenter Server 7.0.3", "7.0.3", "7.0.3.0"
	model.DelayConfig.MethodDelay = methodDelays(*delays)
	defer model.Remove()
	must(model.Create())
	must(furnish(model))
	simulator.Map.AddHandler(plugs{})

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

func (plugs) RemoveObject(types.ManagedObjectReference) {}

func (plugs) UpdateObject(changed mo.Reference, changes []types.PropertyChange) {
	machine, ok := changed.(*mo.VirtualMachine)
	if !ok {
		return
	}
	for _, change := range changes {
		if change.Name != "network" {
			continue
		}
		for _, network := range machine.Network {
			if group, ok := simulator.Map.Get(network).(*simulator.DistributedVirtualPortgroup); ok {
				simulator.Map.AddReference(group, &group.Vm, machine.Self)
			}
		}
	}
}

func methodDelays(text string) map[string]int {
	delays := map[string]int{}
	for _, part := range strings.Split(text, ",") {
		if name, milliseconds, found := strings.Cut(part, "="); found {
			count, err := strconv.Atoi(milliseconds)
			must(err)
			delays[name] = count
		}
	}
	return delays
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
