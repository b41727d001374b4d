// Tasks that take their time and can be called off, and the way out for the library's own that plug machines in.
package main

import (
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// taskOf is a task that can be called off until it has begun, unless it is stubborn.
type taskOf struct {
	simulator.Task
	stubborn bool
	begun    int32
}

// begin starts a task: done when this returns, or, where its method is slow, after the caller was answered.
func (r *Rules) begin(
	on mo.Reference, name string, call interface{}, do func() types.BaseMethodFault,
) types.ManagedObjectReference {
	task := &taskOf{stubborn: r.stubborn}
	task.Task = *simulator.CreateTask(on, name, func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		return nil, do()
	})
	simulator.Map.Put(task)
	wait := r.slow[reflect.TypeOf(call).Elem().Name()]
	if wait == 0 {
		task.begun = 1
		return task.Run()
	}
	go func() {
		time.Sleep(time.Duration(wait) * time.Millisecond)
		if atomic.CompareAndSwapInt32(&task.begun, 0, 1) {
			simulator.Map.WithLock(on, func() { task.Run() })
		}
	}()
	return task.Self
}

// CancelTask ends a task that has not begun; one that has is not stopped.
func (t *taskOf) CancelTask(*types.CancelTask) soap.HasFault {
	body := &methods.CancelTaskBody{}
	if t.stubborn || !atomic.CompareAndSwapInt32(&t.begun, 0, 1) {
		body.Fault_ = simulator.Fault("", &types.InvalidState{})
		return body
	}
	t.Execute = func(*simulator.Task) (types.AnyType, types.BaseMethodFault) { return nil, &types.RequestCanceled{} }
	t.Run()
	body.Res = &types.CancelTaskResponse{}
	return body
}

// stepAside lets the library find its own kind of switch while a machine is being plugged in: it looks for no other.
type stepAside struct {
	switches []*switchOf
	mutex    sync.Mutex
	plugging int
}

func (*stepAside) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "StepAside", Value: "stepAside"}
}

func (a *stepAside) PutObject(item mo.Reference) {
	if isReconfiguringMachine(item) {
		a.count(1)
	}
}

func (a *stepAside) UpdateObject(item mo.Reference, changes []types.PropertyChange) {
	if task, ok := item.(*mo.Task); ok && isMachines(task) {
		for _, change := range changes {
			if change.Name == "info.completeTime" {
				a.count(-1)
			}
		}
	}
}

func (*stepAside) RemoveObject(types.ManagedObjectReference) {}

func isReconfiguringMachine(item mo.Reference) bool {
	task, ok := item.(*simulator.Task)
	return ok && isMachines(&task.Task)
}

func isMachines(task *mo.Task) bool {
	return task.Info.Entity != nil && task.Info.Entity.Type == "VirtualMachine"
}

func (a *stepAside) count(step int) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	before := a.plugging
	a.plugging += step
	for _, strict := range a.switches {
		if before == 0 {
			simulator.Map.Put(&strict.DistributedVirtualSwitch)
		} else if a.plugging == 0 {
			simulator.Map.Put(strict)
		}
	}
}
