export type { AccountView } from './account-view.ts';
