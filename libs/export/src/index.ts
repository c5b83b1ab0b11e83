export {
  exportFormats,
  exportLayouts,
  exportStudent,
  type ExportFormat,
  type ExportLayout,
  type ExportOptions,
} from './export-student.js';
export type { ExportedStudent, NamedShape } from './exported-student.js';
