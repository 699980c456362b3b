#!/bin/bash
# sql/queries/migrate.sql: what it notes about a migration, and that it applies none twice.
set -u
query=$(dirname "$0")/../../sql/queries/migrate.sql
n=0
ok() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
# What stands behind a colon is filled in as the program does.
migrate() {
    sed -e '/^--/d' -e 's/:[a-z]*_ms/5000/' -e "s/:version/$1/g" -e "s/:name/test/" -e "s/:migration/$2/" "$query"
}
apply() { migrate "$@" | psql -XqAt -1 -v ON_ERROR_STOP=1 2>&1 | grep -v '^$'; }
noted() { psql -XAtc "SELECT works_from FROM countersign.schema_version WHERE version = $1"; }

apply 9001 'SELECT 1'
[ "$(noted 9001)" = 9001 ]
ok $? 'O13 a migration that says nothing is for its own program only'
apply 9002 "SET LOCAL countersign.works_from = '7'"
[ "$(noted 9002)" = 7 ]
ok $? 'O12 a migration says from which program on it works'
apply 9003 'SELECT 2'
[ "$(noted 9003)" = 9003 ]
ok $? 'O13 and the next one says so itself'
apply 9002 'SELECT 3' | grep -q 'applied already'
ok $? 'D17 none is applied twice'
apply 9004 "SET LOCAL countersign.works_from = '9005'" | grep -q 'violates check constraint'
ok $? 'none works from a later one'
psql -Xqc 'DELETE FROM countersign.schema_version WHERE version > 9000'
echo "1..$n"
