// The in-process twin does all that a real connection does.
import { systemClock } from '../../../src/base/std/index.ts';
import { createTwinMachine } from '../../../src/sim/twin/index.ts';
import { remoteShellConformance } from '../../support/remote-shell-conformance.ts';

remoteShellConformance('the in-process twin', async () => {
  const machine = createTwinMachine({ clock: systemClock(), seed: 1, roundTripMs: 1 });
  machine.files.makeDirectory('/workspace/conformance');
  return {
    folder: '/workspace/conformance',
    connect: () => machine.connect(),
    cut: () => machine.cutConnections(),
    close: async () => machine.stop(),
  };
});
