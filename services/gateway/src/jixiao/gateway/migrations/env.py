"""Migrations of the gateway's database run as the kit says."""

from jixiao.servicekit.migrating import run_environment

run_environment()
