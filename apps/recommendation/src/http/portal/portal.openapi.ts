import { schema, type Description } from '@assay/http';

const { text } = schema;

const html: Description['answers'] = { 200: { description: 'HTML.', content: { 'text/html': text } } };

const ofPage = { page: { description: 'A page of the portal.', schema: text } };
const ofSubject = { subject: { description: 'The subject of the page, such as a digest.', schema: text } };

export const home: Description = { summary: 'The portal.', answers: html };
export const page: Description = { summary: 'A page of the portal.', path: ofPage, answers: html };
export const subject: Description = {
  summary: 'A page of the portal about one subject.',
  path: { ...ofPage, ...ofSubject },
  answers: html,
};
export const part: Description = {
  summary: 'A part of a page of the portal.',
  path: { ...ofPage, ...ofSubject, part: { description: 'A part of the page.', schema: text } },
  answers: html,
};
export const asset: Description = {
  summary: 'A file of the portal. Its name holds a hash of its content.',
  path: { file: { description: 'The name of a script, a style sheet or a picture.', schema: text } },
  answers: {
    200: {
      description: 'The file.',
      content: { 'text/javascript': text, 'text/css': text, 'image/svg+xml': text },
    },
  },
};
