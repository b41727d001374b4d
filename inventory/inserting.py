"""Inserting the rows of one act at a fraction of what the ORM's bulk insert costs.

An intake writes some twenty rows into six tables, and most of its time once went into ``bulk_create``'s general
machinery. This does the one thing that such an act needs: new rows of one model, in one statement, with their ids.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

MOST_PARAMETERS = 30_000  # a statement's; SQLite takes 32,766


def insert(rows: Sequence[Model]) -> None:
    """Insert new rows of one model and set their ids; all or none. Sends no signals, like ``bulk_create``.

    Raises what the database raises, such as IntegrityError.
    """
    if not rows:
        return
    fields = [field for field in rows[0]._meta.concrete_fields if not field.primary_key]
    values = [{field.attname: field.pre_save(row, add=True) for field in fields} for row in rows]
    for row, key in zip(rows, insert_values(type(rows[0]), values), strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def insert_values(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows given as values by attribute name (``tenant_id``), each with the same names; the new ids.

    For rows that nobody needs as objects. A name that is left out is left to the table: NULL, no Python default.
    """
    # The connection itself: the proxy that Django hands out is looked up anew for every value.
    connection = connections[DEFAULT_DB_ALIAS]
    at_once = MOST_PARAMETERS // max(1, len(rows[0])) if rows else 1
    if len(rows) <= at_once:
        return _insert(connection, model, rows) if rows else []
    with transaction.atomic():
        batches = [rows[start : start + at_once] for start in range(0, len(rows), at_once)]
        return [key for batch in batches for key in _insert(connection, model, batch)]


def _insert(connection: BaseDatabaseWrapper, model: type[Model], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    first, *others = rows
    # A column that is NULL in every row is left out: a short statement is one that the driver remembers.
    names = tuple([n for n, value in first.items() if value is not None or any(row[n] is not None for row in others)])
    sql, prepare = _statement(connection.alias, model, names, len(rows))
    values = [prepared(row[name], connection) for row in rows for name, prepared in prepare]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [number for (number,) in cursor.fetchall()]


@lru_cache(maxsize=256)
def _statement(
    alias: str, model: type[Model], names: tuple[str, ...], count: int
) -> tuple[str, list[tuple[str, Callable[[Any, BaseDatabaseWrapper], Any]]]]:
    """The statement for so many rows of these columns, and what prepares each column's value."""
    quote, meta = connections[alias].ops.quote_name, model._meta
    fields = {field.attname: field for field in meta.concrete_fields}
    columns = ", ".join([quote(str(fields[name].column)) for name in names])
    marks = ", ".join([f"({', '.join(['%s'] * len(names))})"] * count)
    key = quote(str(meta.pk.column))
    sql = f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES {marks} RETURNING {key}"  # noqa: S608  # our own names
    return sql, [(name, fields[name].get_db_prep_save) for name in names]
