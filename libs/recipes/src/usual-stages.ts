/** What a recipe without stages does, by the names of its models. */
export const usualStages = {
  needs: ['teacher', 'student'],
  stages: [
    { name: 'teacher', kind: 'train', model: 'teacher' },
    { name: 'alone', kind: 'train', model: 'student' },
    { name: 'distilled', kind: 'distill', model: 'student', teachers: [{ stage: 'teacher' }] },
  ],
  compare: { teacher: 'teacher', alone: 'alone', distilled: ['distilled'] },
} as const;
