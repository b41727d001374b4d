"""pyVmomi makes its classes at run time and its type hints know half of them: here they are taken as untyped, once."""

from importlib import import_module
from typing import Any

pyvmomi: Any = import_module("pyVmomi")
vim: Any = pyvmomi.vim
vmodl: Any = pyvmomi.vmodl
SoapStubAdapter: Any = pyvmomi.SoapStubAdapter
