// The controller of rentals: one safe step at a time.
export {
  type ControllerOptions,
  createRentalController,
  type RentalController,
  type StepOptions,
  type StepResult,
} from './controller.ts';
