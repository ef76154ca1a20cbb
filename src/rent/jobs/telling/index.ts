// What is told of jobs to whoever asks: which one is meant, who drives it, its story.
export { drivenJobs } from './driven-jobs.ts';
export { findJob, JOB_WORDS, type JobWords } from './find-job.ts';
export { type JobStorySources, type JobStoryStep, readJobStory } from './job-story.ts';
export { jobsSpent } from './jobs-spent.ts';
