// Axolotl: the Trainer's dictionaries under its own loggers.
import { hfFlavour } from './hf-flavour.ts';

export const axolotl = hfFlavour({
  name: 'axolotl',
  isOwnLine: (line) => line.includes('[axolotl.') || line.includes('axolotl.cli'),
});
