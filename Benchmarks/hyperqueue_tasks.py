"""Runs N `true` tasks on a HyperQueue cluster of this machine, again at each line of input, and prints seconds."""

import sys
import time

from hyperqueue import Job, LocalCluster
from hyperqueue.cluster import WorkerConfig

tasks, jobs, directory = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
with LocalCluster(server_dir=directory) as cluster:
    cluster.start_worker(WorkerConfig(cores=jobs))
    client = cluster.client()
    for _ in sys.stdin:
        start = time.monotonic()
        job = Job()
        for _ in range(tasks):
            job.program(["true"])
        client.wait_for_jobs([client.submit(job)])
        print("seconds", time.monotonic() - start, flush=True)
