// Volumes, as far as the official client lists, creates and deletes them.
export { volumeRoutes } from './volume-routes.ts';
export { createVolumes, type Volumes } from './volumes.ts';
