/** Where the contract's messages hold what the losses' library finds fault with. */

/** `teacher.layer1`, a shape of a setting, as the field of ApplyOpen. */
export function openField(field: string): string {
  const [first, ...rest] = field.split('.');
  const path = rest.join('.');
  switch (first) {
    case 'loss':
    case 'params':
      return `open.${field}`;
    case 'sampleCount':
      return 'open.sample_count';
    case 'teacherShapes':
      return 'open.teacher_shapes';
    case 'student':
      return `open.student_shapes.${path}`;
    case 'teacher':
      return `open.teacher_shapes.${path}`;
    default:
      // Shapes of several sources are named `<source>/<slot>`.
      return `open.teacher_shapes.${first}/${path}`;
  }
}

/** `teacher.logits`, a key, as the field of ApplyStep. */
export function stepField(field: string): string {
  const [first, ...rest] = field.split('.');
  if (/^(student|weights|labels|indices|keys|extra|step)\b/.test(first))
    return first === 'step' ? field : `step.${field}`;
  if (first === 'teacher') return `step.keys.${rest.join('.')}`;
  return `step.keys.${first}/${rest.join('.')}`;
}
