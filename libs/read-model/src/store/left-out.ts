/** SQL: the digests that run by the last word of any cluster, also of one that is silent now. */
export const runningDigests = 'select digest from sightings where running';

/** SQL on `images`: lost its tags, and neither it nor one below it runs. Lists leave it out, unless asked for it. */
export const isLeftOut = `(coalesce(untagged, false) and digest not in (${runningDigests}) and image not in (
  select above from (
    select image as above, unnest(from_json(children, '[{"id":"uuid"}]'), recursive := true) from images
    where untagged and children is not null) join images on image = id where digest in (${runningDigests})))`;
