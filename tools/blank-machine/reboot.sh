#!/usr/bin/env bash
# After a boot: the service is there by itself. Then it is taken away and comes back from its backup.
. ./checks.sh

eventually "starts at boot" "systemctl is-active biox"
eventually "and its wearer" "$(wearer w01 '"state":"open"')"

doc "sudo biox service uninstall"
check "no service" "biox service status | grep -Fx 'biox.service is not installed'"
check "its files and its user stay" "sudo test -d /etc/biox -a -d /var/lib/biox && id biox"
doc "sudo userdel biox && sudo rm -r /etc/biox /var/lib/biox"

# Another user has the number that biox had.
sudo useradd --system other
doc "sudo tar -C / -xzf biox-backup.tar.gz"
doc "sudo biox service install /etc/biox/gateway.yaml"
eventually "restored: its wearer" "$(wearer w01 '"state":"open"')"
check "restored: recordings" "sudo find /var/lib/biox/recordings/w02 -name '*.bioxrec' -user biox | grep ."

check "uninstall" "sudo biox service uninstall"
doc "sudo npm uninstall --global biox-edge"
check "no program" "! command -v biox"
finish
