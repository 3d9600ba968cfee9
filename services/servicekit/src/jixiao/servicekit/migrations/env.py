"""Alembic's environment: the kit's."""

from jixiao.servicekit.migrating import run_environment

run_environment()
