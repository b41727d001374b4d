"""docs/roles.md says who may do what: the code must agree."""

from django.conf import settings

from accounts import roles
from accounts.roles import Role


def test_the_page_about_roles_agrees_with_the_code() -> None:
    lines = (settings.BASE_DIR / "docs" / "roles.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    header, _, *body = rows
    assert header[1:] == [role.value for role in Role]
    told = {row[0]: {role for role, cell in zip(Role, row[1:], strict=True) if cell == "yes"} for row in body}
    sets = [
        *("READ_INVENTORY", "READ_CAPACITY", "READ_PROVISIONING", "READ_AUDIT"),
        *("PLAN_CAPACITY", "EDIT_INVENTORY", "ONBOARD", "APPROVE", "MANAGE_DEVICES"),
    ]
    assert told == {name.lower().replace("_", " "): set(getattr(roles, name)) for name in sets}
