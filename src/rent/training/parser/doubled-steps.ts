// Two runs in lockstep write the same steps, so the steps do not tell them apart: their losses do.

/** So many steps in a row that are told twice with different losses. */
const DOUBLED_LEAST = 8;

export interface DoubledSteps {
  /** True once, at the step that makes it likely. Ranks that do not name themselves look the same. */
  note(step: number, loss: number): boolean;
}

export function createDoubledSteps(): DoubledSteps {
  let lastStep = Number.NaN;
  let lastLoss = Number.NaN;
  let isDoubled = false;
  let row = 0;
  let isTold = false;
  return {
    note(step, loss) {
      if (step === lastStep) {
        if (loss !== lastLoss && !isDoubled) {
          isDoubled = true;
          row += 1;
        }
      } else {
        if (!isDoubled) row = 0;
        isDoubled = false;
        lastStep = step;
        lastLoss = loss;
      }
      if (isTold || row < DOUBLED_LEAST) return false;
      isTold = true;
      return true;
    },
  };
}
