# Runs a step of overflight in a Slurm job; read by the job scripts beside it. To be edited at will.
#
# Before the time limit Slurm signals USR1 (see --signal in the scripts): the program is told to stop, which leaves what
# it has finished, and the job goes back to the queue, to go on from there. So it does where the program was killed.
program=overflight
options='--threads 8 --memory-mb 8192'
max_restarts=20 # of a job: beyond that somebody should look

say() {
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) job ${SLURM_JOB_ID:-none} on $(hostname): $*"
}

# step COMMAND CONFIG [ARGUMENT]...
step() {
    restarts=${SLURM_RESTART_COUNT:-0}
    say "$1, restart $restarts of at most $max_restarts"
    running='' warned=no ended=no
    trap 'warned=yes; [ -z "$running" ] || kill -TERM "$running"' USR1
    trap 'ended=yes; [ -z "$running" ] || kill -INT "$running"' TERM INT # a second TERM would end it at once
    eval "$program" '"$@"' "$options" --progress plain '&'
    running=$!
    [ $warned$ended = nono ] || kill -TERM "$running"
    code=0
    wait "$running" || code=$?
    while kill -0 "$running" 2>/dev/null; do # a signal, not the program's end, has ended the wait
        code=0
        wait "$running" || code=$?
    done
    again=0
    wait "$running" 2>/dev/null || again=$? # 127: was known; else it ended while the shell was at the signal
    [ $again -eq 127 ] || code=$again
    say "$1 ended with $code"

    [ $code -ne 130 ] || [ $warned = yes ] || ended=yes # somebody else has stopped it
    if [ $code -gt 128 ] && [ $ended = no ]; then
        if [ "$restarts" -lt "$max_restarts" ]; then
            say "back to the queue"
            scontrol requeue "$SLURM_JOB_ID" && exit 0
        fi
        say "not started again"
    fi
    # Gaps (exit code 1) are recorded in run.json and end with the last step, not before it.
    [ "$1" = finish ] || [ $code -ne 1 ] || code=0
    exit $code
}
