// Instances: renting them, what becomes of them, and the routes about them.
export type { Carrier, CopyEnd, CopyOrder } from './carrier.ts';
export {
  CONTAINER_FAULTS,
  type Container,
  type ContainerFault,
  type MakeContainer,
} from './container.ts';
export { createInstances, type Instances } from './create-instances.ts';
export type { Instance } from './instance.ts';
