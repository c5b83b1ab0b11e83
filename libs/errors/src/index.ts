export { LyceumError, type ErrorDetails, type ErrorRecord, type Violation } from './lyceum-error.js';
export { codes, reasons, type CodeName, type Reason } from './reasons.js';
export { invalidField, invalidFields, nearestNames, unknownName } from './checks.js';
export { renameFields } from './rename-fields.js';
