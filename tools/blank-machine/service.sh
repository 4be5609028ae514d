#!/usr/bin/env bash
# Steps 3 to 6 of docs/gateway.md and "Keeping it", up to the boot after which reboot.sh goes on.
. ./checks.sh
config=/etc/biox/gateway.yaml

doc "biox devices"
doc "sudo mkdir -p /etc/biox"
doc "sudo biox init /etc/biox/gateway.yaml"
doc "sudo biox serve --check /etc/biox/gateway.yaml"

mkdir -p hand && cd hand || exit 1
doc "biox init gateway.yaml"
biox serve gateway.yaml 2>hand.log &
hand=$!
eventually "by hand: the page" "curl -fsS http://127.0.0.1:8321/ | grep -qi '<!doctype html>'"
eventually "by hand: its wearer" "$(wearer w01 '"state":"open"')"
kill -INT "$hand"
check "by hand: ends by Ctrl-C" "tail --pid=$hand -f /dev/null"
check "by hand: data beside the file" "ls data"
cd ..

# A wearable at a port that members of dialout may open, as a USB adapter's.
sudo systemd-run --quiet --unit wearable biox emulate --hr 95 --link /run/emulated
eventually "a wearable" "test -e /run/emulated"
sudo systemd-run --quiet --unit wire socat pty,raw,echo=0,link=/run/wearable,group=dialout,mode=0660 /run/emulated,raw,echo=0
eventually "at a port" "test -e /run/wearable"
sudo sed -i 's|^wearers:|&\n  - { id: w02, source: "serial:/run/wearable?device=biox", bundles: [demo], record: true }|' "$config"

doc "sudo biox service install --print /etc/biox/gateway.yaml"
check "--print does nothing" "! id biox && ! test -e /etc/systemd/system/biox.service"
doc "sudo biox service install /etc/biox/gateway.yaml"
doc "biox service status"
check "status tells what the service said" "biox service status | grep -F '2 wearers'"
check "journal" "$(journal 'gateway is ready')"
check "runs as biox" "test \$(ps -o user= -p $(pid)) = biox"
check "nobody else reads the configuration" "! cat $config"
for id in w01 w02; do eventually "wearer $id" "$(wearer $id '"state":"open"')"; done
eventually "answers about the serial wearable" "$(wearer w02 '"label"')"
check "is recorded" "sudo find /var/lib/biox/recordings/w02 -name '*.bioxrec' | grep ."
check "the page" "curl -fsS http://127.0.0.1:8321/ | grep -qi '<!doctype html>'"
check "shut in" "systemd-analyze security biox.service --no-pager | tail -n 1 | tee exposure"
cat exposure

old=$(pid)
sudo kill -KILL "$old"
eventually "starts again after kill -9" "new=\$(systemctl show --property MainPID --value biox); test \$new != 0 && test \$new != $old && systemctl is-active biox"
for id in w01 w02; do eventually "wearer $id again" "$(wearer $id '"state":"open"')"; done

old=$(pid)
sudo kill -STOP "$old"
eventually "starts again when it stands still" "new=\$(systemctl show --property MainPID --value biox); test \$new != 0 && test \$new != $old && systemctl is-active biox"
check "systemd's watchdog did it" "$(journal 'Watchdog timeout')"

old=$(pid)
sudo sed -i 's/id: w02,/&  hop: 4,/' "$config"
doc "sudo biox serve --check /etc/biox/gateway.yaml"
doc "sudo systemctl reload biox"
eventually "reload: is read" "$(journal 'configuration is read again')"
eventually "reload: holds" "$(wearer w02 '"hop":4')"
sudo cp "$config" right.yaml
echo 'nonsense: 1' | sudo tee -a "$config" >/dev/null
check "a wrong file: reload itself is no failure" "sudo systemctl reload biox"
eventually "a wrong file: the journal says why" "$(journal nonsense)"
check "a wrong file: changes nothing" "$(wearer w02 '"hop":4')"
check "the same process" "test $(pid) = $old"
sudo cp right.yaml "$config"

start=$(date +%s%N)
doc "sudo systemctl stop biox"
echo "      stopped in $((($(date +%s%N) - start) / 1000000)) ms"
check "ended by itself" "test \$(systemctl show --property Result --value biox) = success && $(journal 'gateway has stopped')"
doc "sudo tar -C / -czf biox-backup.tar.gz etc/biox var/lib/biox"
doc "sudo systemctl start biox"

# Others, at an address that is not its own alone.
sudo ip address add 192.0.2.1/32 dev lo
sudo biox token create nurse-station --scope read mark >token 2>token.about
check "token create" "grep -q '^biox_' token"
openssl=$(grep -m1 '^sudo openssl' "$page")
doc "$openssl"
doc "sudo chmod 640 /etc/biox/key.pem"
# Its section in place of the one that is there.
listen=$(sed -n '/^```yaml/,/^```/{/^```/d;p}' "$page" | head -n 5)
sudo sed -i '/^listen:/,/port:/d' "$config"
echo "$listen" | sudo tee -a "$config" >/dev/null
doc "sudo biox serve --check /etc/biox/gateway.yaml"
doc "sudo systemctl reload biox"
others="curl -ksS https://192.0.2.1:8321"
eventually "others: are asked for a token" "$others/api/v1/wearers | grep UNAUTHORIZED"
check "others: with it they see the wearers" "$others/api/v1/wearers -H 'Authorization: Bearer $(cat token)' | grep w02"
sudo biox token create second >/dev/null 2>&1
sleep 1.5
check "others: a second token leaves the first" "$others/api/v1/wearers -H 'Authorization: Bearer $(cat token)' | grep w02"
check "others: the page" "$others/ | grep -qi '<!doctype html>'"
check "others: restarts with token and certificate" "sudo systemctl restart biox"
eventually "others: are served again" "$others/api/v1/wearers -H 'Authorization: Bearer $(cat token)' | grep w02"
sudo cp right.yaml "$config"
check "back to this machine alone" "sudo systemctl reload biox"
eventually "without a token" "$(wearer w01 '"state":"open"')"

sudo sed -i '/id: w02/d' "$config"
check "stop" "sudo systemctl stop biox"
forget=$(grep -m1 '^sudo -u biox biox forget' "$page")
check "$forget" "${forget/WEARER/w02} && ! sudo find /var/lib/biox -name '*w02*' | grep ."
check "all data stay the service's" "! sudo find /var/lib/biox/ ! -user biox | grep ."
check "start" "sudo systemctl start biox"
eventually "after forgetting: the other wearer" "$(wearer w01 '"state":"open"')"
finish
