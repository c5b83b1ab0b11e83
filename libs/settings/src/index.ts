export { exitWithParent } from './exit-with-parent.js';
export { defineSettings, type Settings, type SettingsTable } from './define-settings.js';
export { type Environment } from './read-environment.js';
export {
  type BooleanField,
  type Field,
  type Fields,
  type ListField,
  type NumberField,
  type SettingsOf,
  type StringField,
} from './field.js';
