#!/bin/sh
# Outlives the process that hosts the embedded stack, however that one ends. Reads `+PGID` and `-PGID` lines; at the end of
# input kills the process groups still listed (frozen ones, too), removes the folder given as $1 and ends.
groups=' '
while IFS= read -r line; do
  group=${line#[+-]}
  case $line in
    +*) groups="$groups$group " ;;
    -*) groups="${groups%%" $group "*} ${groups#*" $group "}" ;;
  esac
done
for group in $groups; do
  kill -s KILL -- "-$group" 2>/dev/null
done
# A process that is just being killed may still add a file to a folder that is just being emptied.
rm -rf -- "$1" 2>/dev/null || { sleep 1; rm -rf -- "$1"; }
