#!/bin/sh
# Run by the postgres image when its volume is new.
exec /opt/jixiao/databases.sh /run/secrets/database-passwords
