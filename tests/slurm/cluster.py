# SPDX-License-Identifier: Apache-2.0
"""A Slurm cluster of three nodes on this machine, for tests: its own munged, slurmctld and slurmd in a scratch folder,
on loopback, by the machine's slurm-wlm and munge. Nothing of a Slurm that the machine may have is touched; what ends is
what was started here."""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

NODES = ("n1", "n2", "n3")
CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0
MpiDefault=none
ReturnToService=2
JobRequeue=1
KillWait=8
OverTimeLimit=0
MinJobAge=3600
SlurmdTimeout=10
NodeName=n[1-3] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{first_port}-{last_port}] CPUs=2 RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes=n[1-3] Default=YES MaxTime=INFINITE State=UP
"""


class CannotStart(Exception):
    """No cluster can be had here: a reason to skip."""


def free_ports(count):
    """Consecutive ports that nobody listens at."""
    for first in range(16820, 18000, 10):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
                return first
            except OSError:
                continue
    raise CannotStart("no free ports")


class Cluster:
    """with Cluster(folder) as cluster: cluster.command("sbatch", ...)"""

    def __init__(self, folder, node_memory_mb=4096):
        self.folder = pathlib.Path(folder)
        self.memory = node_memory_mb
        self.servers = {}
        self.environment = {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf")}
        for name in [name for name in self.environment if name.startswith("SLURM_") and name != "SLURM_CONF"]:
            del self.environment[name]  # of a job that the test itself may run in

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        for program in ("munged", "slurmctld", "slurmd", "sbatch", "scontrol"):
            if not shutil.which(program):
                raise CannotStart(f"no {program}: ./dev install test")
        if os.geteuid() != 0:
            raise CannotStart("needs root, as the nodes share this machine")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        host = socket.gethostname().split(".")[0]
        first = free_ports(1 + len(NODES))
        (self.folder / "slurm.conf").write_text(
            CONFIGURATION.format(host=host, folder=self.folder, controller_port=first, first_port=first + 1,
                                 last_port=first + len(NODES), memory=self.memory))
        (self.folder / "state").mkdir()
        munge = self.folder / "munge"
        munge.mkdir(mode=0o755)
        (munge / "key").write_bytes(os.urandom(128))
        (munge / "key").chmod(0o600)
        self.serve("munged", "munged", "--foreground", "--force", f"--key-file={munge}/key",
                   f"--socket={munge}/socket", f"--pid-file={munge}/pid", f"--log-file={munge}/log",
                   f"--seed-file={munge}/seed")
        # without munge every command of Slurm hangs for minutes
        self.wait(lambda: (munge / "socket").exists(), 10, "munged does not answer", CannotStart)
        self.serve("slurmctld", "slurmctld", "-D", "-i")
        for node in NODES:
            self.start_node(node)
        self.wait(lambda: self.node_states() == {node: "IDLE" for node in NODES}, 60, "the nodes do not come up",
                  CannotStart)

    def serve(self, name, *command):
        log = open(self.folder / f"{name}.out", "ab")
        self.servers[name] = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                                              stderr=log, start_new_session=True)
        log.close()

    def start_node(self, node):
        self.serve(node, "slurmd", "-D", "-N", node)

    def fail_node(self, node):
        """The node loses power: its daemon and all that it has started are gone at once."""
        for process in reversed(self.tree(self.servers[node].pid, node)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.servers.pop(node).wait()

    def tree(self, root, node):
        """A daemon, the step daemons of its node, which are not its children, and their descendants."""
        children, starts = {}, {root}
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError, ValueError, IndexError):
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
                if "slurmstepd" in (entry / "comm").read_text() and self.belongs(entry, node):
                    starts.add(int(entry.name))
        found = []
        pending = list(starts)
        while pending:
            process = pending.pop()
            if process not in found:
                found.append(process)
                pending += children.get(process, [])
        return found

    def belongs(self, process, node):
        """Whether a step daemon is one of this cluster's node: its descriptors lead to the node's spool or log."""
        for descriptor in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                target = os.readlink(descriptor)
                if target.startswith((f"{self.folder}/spool-{node}", f"{self.folder}/slurmd-{node}.log")):
                    return True
        return False

    def stop(self):
        """Ends what was started here, jobs first."""
        if "slurmctld" in self.servers:
            with contextlib.suppress(subprocess.SubprocessError):
                self.command("scancel", "--quiet", *[str(job) for job in self.jobs()], check=False)
        for node in NODES:
            if node in self.servers:
                self.fail_node(node)
        for server in self.servers.values():
            server.terminate()
        for server in self.servers.values():
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        self.servers.clear()

    def command(self, *command, check=True, timeout=30):
        """Output of one of Slurm's commands, or of one that calls them."""
        outcome = subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                 timeout=timeout)
        if check and outcome.returncode != 0:
            raise AssertionError(f"{command} ended with {outcome.returncode}: {outcome.stdout}{outcome.stderr}")
        return outcome.stdout

    def records(self, what):
        """scontrol's records: one dict each."""
        text = self.command("scontrol", "--oneliner", "show", what, check=False)
        records = []
        for line in text.splitlines():
            record = {}
            for word in line.split():
                key, equals, value = word.partition("=")
                if equals and key not in record:
                    record[key] = value
            records.append(record)
        return records

    def node_states(self):
        return {record["NodeName"]: record["State"].split("+")[0].rstrip("*")
                for record in self.records("node") if "NodeName" in record}

    def jobs(self):
        """Records of all jobs and array tasks by their own numbers."""
        return {int(record["JobId"]): record for record in self.records("job") if record.get("JobId", "").isdigit()}

    def wait(self, condition, seconds, complaint, error=AssertionError):
        end = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            dead = [name for name, server in self.servers.items() if server.poll() is not None]
            if dead or time.monotonic() > end:
                raise error(f"{complaint}{f'; {dead} ended' if dead else ''}\n{self.logs()}")
            time.sleep(0.1)

    def wait_for_jobs(self, seconds, during=lambda: None, ignore=()):
        """Until every job but those ignored has ended; their final records. `during` is called meanwhile, over and
        over."""
        final = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE")

        def ended():
            during()
            jobs = {number: job for number, job in self.jobs().items() if number not in ignore}
            return jobs if jobs and all(job["JobState"] in final for job in jobs.values()) else None

        return self.wait(ended, seconds, "jobs do not end")

    def logs(self):
        text = ""
        for log in sorted(self.folder.glob("*.log")) + sorted(self.folder.glob("*.out")):
            lines = log.read_text(errors="replace").splitlines()[-8:]
            text += f"-- {log.name}\n" + "\n".join(lines) + "\n"
        return text + f"-- jobs\n{self.command('squeue', '--all', check=False) if 'slurmctld' in self.servers else ''}"
