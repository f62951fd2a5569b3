import sys
from pathlib import Path
import tempfile, time
import structlog, logging
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
from tests.simulation.server import Server
from tests.simulation.world import World
from tests.simulation.checks import violations
from tests.simulation.plan import make
with tempfile.TemporaryDirectory() as d:
    s=Server(Path(d))
    for seed in range(int(sys.argv[1]), int(sys.argv[2])):
        t=time.time(); w=World(make(seed), s)
        try:
            w.run(); bad=violations(w)
            for b in bad: print('   !!', b)
        except BaseException as e:
            print('\n'.join(w.lines[-30:])); print(seed, repr(e)); raise
        finally:
            w.end()
        print(seed, f"{time.time()-t:.2f}s hours={w.hours:.1f} events={w.events} faults={w.faults} turns={w.loop.turns} cmds={w.shore.commands} writes={len(w.tracker.writes)} msgs={len(w.slack.messages)} presses={len(w.crowd.presses)}", w.digest.hexdigest()[:10], w.loop.failures[:3])
    s.stop()
