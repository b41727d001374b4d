"""What the platforms answer, as their documentation and users show it, and what is read from it."""

import pytest

from provisioning.drivers.napalm.reading import (
    junos_trunks,
    junos_vlans,
    names_in_table,
    names_of,
    statements_in,
    trunks_in,
)
from provisioning.drivers.protocol import Refused

EOS_CONFIG = """\
! Command: show running-config
! device: core-1 (DCS-7050SX3-48YC8, EOS-4.31.2F)
!
vlan 100
   name acme-prod
!
interface Port-Channel1
   description to pod 1
   switchport trunk native vlan 999
   switchport trunk allowed vlan 12,100-101,300-310
   switchport mode trunk
   mlag 1
!
interface Ethernet1
   channel-group 1 mode active
!
interface Ethernet2
   switchport mode trunk
!
interface Ethernet3
   switchport trunk allowed vlan none
   switchport mode trunk
!
interface Ethernet4
   no switchport
   ip address 192.0.2.1/31
!
interface Ethernet5
   switchport access vlan 12
!
router bgp 65000
   switchport trunk allowed vlan 4000
!
end
"""

NXOS_CONFIG = """\
version 9.3(10) Bios:version 05.45
vlan 1,12,100-101
vlan 100
  name acme-prod

interface port-channel1
  description to pod 1
  switchport
  switchport mode trunk
  switchport trunk allowed vlan 12,100-101,103,105,107,109,111,113,115,117
  switchport trunk allowed vlan add 119,121-130
  vpc 1

interface Ethernet1/1
  switchport mode trunk
  channel-group 1 mode active
"""

IOS_CONFIG = """\
Building configuration...

Current configuration : 8123 bytes
!
interface GigabitEthernet1/0/1
 switchport trunk encapsulation dot1q
 switchport trunk allowed vlan 12,100,101
 switchport trunk allowed vlan add 300-310
 switchport mode trunk
 spanning-tree portfast trunk
!
interface GigabitEthernet1/0/2
 switchport mode dynamic desirable
!
interface Vlan12
 ip address 192.0.2.9 255.255.255.0
!
"""

IOS_TABLE = """\

VLAN Name                             Status    Ports
---- -------------------------------- --------- -------------------------------
1    default                          active    Gi1/0/2, Gi1/0/3, Gi1/0/4
                                                Gi1/0/5
12   legacy                           active
100  acme-prod                        active
101  a-name-of-thirty-two-characters- active    Gi1/0/7
102  Guest WiFi                       act/lshut
103  inactive-until-active            sus/lshut
104  parked                           suspended
1002 fddi-default                     act/unsup
"""


def test_eos_trunks() -> None:
    trunks = trunks_in(EOS_CONFIG)
    assert trunks["Port-Channel1"].members == {12, 100, 101, *range(300, 311)}
    assert trunks["Ethernet2"].carries_all
    assert not trunks["Ethernet3"].carries_all
    assert trunks["Ethernet3"].members == set()
    assert [trunks[f"Ethernet{number}"].mode for number in (1, 4, 5)] == ["ACCESS", "", "ACCESS"]


def test_nxos_trunks_with_a_list_in_two_lines() -> None:
    trunks = trunks_in(NXOS_CONFIG)
    odd = set(range(101, 120, 2))
    assert trunks["port-channel1"].members == {12, 100, *odd, *range(121, 131)}
    assert trunks["Ethernet1/1"].carries_all


def test_ios_trunks() -> None:
    trunks = trunks_in(IOS_CONFIG)
    assert trunks["GigabitEthernet1/0/1"].members == {12, 100, 101, *range(300, 311)}
    assert trunks["GigabitEthernet1/0/2"].mode == "DYNAMIC"


@pytest.mark.parametrize(
    ("line", "members"),
    [("except 1-3999", set(range(4000, 4095))), ("all", None), ("1-4094", None), ("none", set()), ("2", {2})],
)
def test_what_a_list_may_say(line: str, members: set[int] | None) -> None:
    config = f"interface e1\n switchport mode trunk\n switchport trunk allowed vlan {line}\n"
    trunk = trunks_in(config)["e1"]
    assert (None if trunk.carries_all else trunk.members) == members


def test_ios_vlans() -> None:
    assert names_in_table(IOS_TABLE) == {
        1: "default",
        12: "legacy",
        100: "acme-prod",
        101: "a-name-of-thirty-two-characters-",
        102: "Guest WiFi",
        103: "inactive-until-active",
        104: "parked",
        1002: "fddi-default",
    }


def test_an_answer_without_a_table_is_no_switch_without_vlans() -> None:
    with pytest.raises(Refused, match="no table of VLANs: % Invalid input detected"):
        names_in_table("show vlan brief\n          ^\n% Invalid input detected at '^' marker.".partition("\n")[2])


def test_vlans_by_napalms_getter() -> None:
    assert names_of({"100": {"name": "acme-prod", "interfaces": ["Ethernet1"]}}) == {100: "acme-prod"}


JUNOS_CONFIG = """\
set version 21.4R3
set system login message "set vlans evil vlan-id 66"
set interfaces xe-0/0/1 unit 0 family ethernet-switching port-mode trunk
set interfaces xe-0/0/1 unit 0 family ethernet-switching vlan members [ acme-prod 300-310 ]
set interfaces ae0 description "to pod 1"
set interfaces ae0 unit 0 family ethernet-switching interface-mode trunk
set interfaces ae0 unit 0 family ethernet-switching vlan members acme-prod
set interfaces ae0 unit 0 family ethernet-switching vlan members 100
set interfaces ae0 unit 0 family ethernet-switching vlan members 101
deactivate interfaces ae0 unit 0 family ethernet-switching vlan members 101
set interfaces ae1 unit 0 family ethernet-switching interface-mode trunk
set interfaces ae1 unit 0 family ethernet-switching vlan members all
set interfaces ae2 unit 0 family ethernet-switching interface-mode trunk
set interfaces ae3 unit 0 family ethernet-switching vlan members acme-prod
set interfaces irb unit 100 family inet address 192.0.2.1/24
set vlans acme-prod vlan-id 100
set vlans acme-prod l3-interface irb.100
set vlans acme-test vlan-id 101
set vlans old vlan-id 102
deactivate vlans old
set vlans rest vlan-id-list 200-202
"""


def test_junos_vlans() -> None:
    names, lists = junos_vlans(statements_in(JUNOS_CONFIG))
    assert names == {100: "acme-prod", 101: "acme-test", 200: "rest", 201: "rest", 202: "rest"}
    assert lists == {200: "rest", 201: "rest", 202: "rest"}


def test_junos_trunks_and_how_they_write_their_members() -> None:
    statements = statements_in(JUNOS_CONFIG)
    trunks, words = junos_trunks(statements, junos_vlans(statements)[0])
    assert trunks["ae0"].members == {100}
    assert words["ae0"] == {"100": ("acme-prod", "100")}
    assert trunks["xe-0/0/1"].members == {100, *range(300, 311)}
    assert trunks["ae1"].carries_all
    assert (trunks["ae2"].carries_all, sorted(trunks["ae2"].members)) == (False, [])
    assert (trunks["ae3"].mode, trunks["irb"].mode) == ("ACCESS", "")
