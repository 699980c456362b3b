"""What dies, under load. Each test leaves three whole hosts behind and tells how long nobody was acknowledged (gap_s)."""
import json
import signal
import time

from hosts import NAMES
import rig

# Patroni takes 20 s until it believes that a leader has gone; the rest is for a machine that does other things.
FAILOVER_S = 60


def begin(site, name):
    leader = site.leading = site.hosts.whole()
    petition = site.petition(name)
    load = site.load(petition)
    time.sleep(1.5)
    return leader, petition, load


def other_leads(site, old):
    """Waits for a leader that is not the old one."""
    return site.hosts.leader(FAILOVER_S, but=[old])


def test_D8_a_host_loses_its_power(site):
    """The leader's PostgreSQL, Patroni, etcd, Redis and Sentinel end in one moment."""
    before = site.instance()
    old, petition, load = begin(site, "power")
    site.hosts.power_off(old)
    # With two hosts left the new leader has a synchronous standby again only where the third follows.
    new = other_leads(site, old)
    site.signs()
    for program in ("etcd", "redis", "sentinel", "patroni"):
        site.hosts.start(old, program)
    site.hosts.whole()
    told = site.check(petition, load, new)
    assert site.instance() == before, "a failover was taken for a restored backup"
    return told


def lead_is_taken_from(site, name, whom=()):
    """The leader's link is cut (to all, or to those), until another leads and people sign."""
    old, petition, load = begin(site, name)
    site.hosts.switch.cut(old, *[other for other in whom if other != old])
    new = other_leads(site, old)
    site.signs()
    site.hosts.switch.mend()
    site.hosts.whole()
    return site.check(petition, load, new)


def test_D8_the_leader_is_cut_off_from_everybody(site):
    """With Patroni 3.0.2 and `etcd3` this fails: the old leader takes the lock back when it returns, and all that was acknowledged is gone."""
    return lead_is_taken_from(site, "island")


def test_D8_D10_workers_reach_a_leader_that_nobody_else_reaches(site):
    """What it takes must not be acknowledged: another leads by then."""
    return lead_is_taken_from(site, "split", NAMES)


def test_D8_patroni_of_the_leader_hangs(site):
    """Its PostgreSQL goes on, still believes that it leads, and stands first in some worker's list."""
    old, petition, load = begin(site, "hung")
    patroni = site.hosts.process(old, "patroni")
    patroni.send_signal(signal.SIGSTOP)
    try:
        new = other_leads(site, old)
        time.sleep(3)
    finally:
        patroni.send_signal(signal.SIGCONT)
    rig.wait_until(lambda: not site.hosts.leads(old), FAILOVER_S, "the old one follows")
    site.hosts.whole()
    return site.check(petition, load, new)


def test_D4_the_leaders_postgres_is_killed(site):
    old, petition, load = begin(site, "killed")
    site.hosts.kill_postgres(old)
    site.hosts.leader(FAILOVER_S)
    return site.check(petition, load, site.hosts.whole())


def test_D10_the_synchronous_standby_goes(site):
    old, petition, load = begin(site, "standby")
    first, _ = site.hosts.standbys(old)
    site.hosts.switch.cut(first)
    time.sleep(3)
    site.hosts.leader(FAILOVER_S, but=[first])
    site.signs()
    site.hosts.switch.mend()
    site.hosts.whole()
    told = site.check(petition, load)
    assert told["leader"] == old
    return told


def test_D8_a_planned_change_of_the_leader(site):
    old, petition, load = begin(site, "planned")
    first, _ = site.hosts.standbys(old)
    done = site.patronictl("switchover", "--master", old, "--candidate", first, "--force")
    assert done.returncode == 0, (done.stdout, done.stderr)
    return site.check(petition, load, site.hosts.whole())


def test_etcd_is_away_altogether(site):
    """Failsafe mode: the leader reaches both others, so nobody is turned away. When etcd comes back it may tell Patroni for a moment who led
    long ago; then another takes over as after a failure, and what was acknowledged is still there."""
    old, petition, load = begin(site, "etcd")
    for name in NAMES:
        site.hosts.kill(name, "etcd")
    time.sleep(25)
    assert site.hosts.leads(old)
    told = site.check(petition, load, old)
    assert set(told["answers"]) == {"202"}, told
    _, petition, load = begin(site, "etcdback")
    site.hosts.start_all("etcd")
    rig.wait_until(lambda: site.hosts.etcd_names() in NAMES and site.hosts.leads(site.hosts.etcd_names()), FAILOVER_S, "etcd knows who leads")
    back = site.check(petition, load, site.hosts.whole())
    told.update(after=back["answers"], leader=back["leader"])
    return told


def test_R9_the_leading_redis_is_killed(site):
    old = site.hosts.redis_leader()
    _, petition, load = begin(site, "redis")
    killed = time.monotonic()
    site.hosts.kill(old, "redis")
    new = rig.wait_until(lambda: (lambda name: name if name not in (None, old) else None)(site.hosts.redis_leader()), 40, "another Redis leads",
                         every=0.3)
    rig.wait_until(lambda: all(worker.metric("countersign_redis_up") == 1 for worker in site.workers), 20, "the workers have found it")
    took_s = time.monotonic() - killed
    site.hosts.start(old, "redis")
    rig.wait_until(lambda: site.hosts.redis_role(old) == "slave", 40, "the old one follows", every=0.3)
    told = site.check(petition, load)
    # Limits are kept in the workers meanwhile, so nobody notices.
    assert set(told["answers"]) == {"202"}, told
    told.update(redis_s=round(took_s, 1), redis=new)
    return told


def test_R9_the_leading_redis_is_cut_off(site):
    old = site.hosts.redis_leader()
    _, petition, load = begin(site, "redisland")
    site.hosts.switch.cut(old, "web", *NAMES)
    try:
        rig.wait_until(lambda: (lambda name: name if name not in (None, old) else None)(redis_leader_but(site, old)), 40, "another Redis leads",
                       every=0.3)
        rig.wait_until(lambda: all(worker.metric("countersign_redis_up") == 1 for worker in site.workers), 20, "the workers have found it")
    finally:
        site.hosts.switch.mend()
    rig.wait_until(lambda: site.hosts.redis_role(old) == "slave", 40, "the old one follows", every=0.3)
    site.hosts.whole()
    return site.check(petition, load)


def redis_leader_but(site, old):
    """Asked of the others, since the old one believes in itself."""
    name = next(name for name in NAMES if name != old)
    said = site.hosts.redis(name, "sentinel", "get-master-addr-by-name", "countersign", port=26379,
                            password=site.hosts.password["SENTINELS"]).split("\n")[0]
    return next((one for one in NAMES if site.hosts.switch.address[one] == said), None)


def test_D7_the_workers_network_is_slow_and_loses_things(site):
    _, petition, load = begin(site, "lossy")
    site.hosts.switch.make_slow("web", 0.01, 0.02)
    time.sleep(8)
    site.hosts.switch.mend()
    told = site.check(petition, load)
    told.update(p50_ms=load.result["p50_ms"], p99_ms=load.result["p99_ms"], lost_frames=site.hosts.switch.lost)
    return told


def test_D7_the_standbys_network_is_slow_and_loses_things(site):
    leader, petition, load = begin(site, "far")
    site.hosts.switch.make_slow(site.hosts.standbys(leader)[0], 0.01, 0.02)
    time.sleep(8)
    site.hosts.switch.mend()
    told = site.check(petition, load, site.hosts.whole())
    told.update(p50_ms=load.result["p50_ms"], p99_ms=load.result["p99_ms"])
    return told


def test_D9_doctor_sees_that_a_standby_is_waited_for(site):
    site.leading = site.hosts.whole()
    checks = json.loads(site.cli("doctor", "--json", expect=None).stdout)["checks"]
    level = {check["what"]: check["level"] for check in checks}
    assert level["standby"] == "ok" and level["postgres_tls"] == "ok" and level["redis_open"] == "ok", level
