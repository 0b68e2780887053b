"""Authors with so many readers that their posts are not put into timelines, as documents: `_id` is the person's."""

from fourfold.ground.collection import Collection

PULLED_AUTHORS = Collection("social.pulled_authors", validator={"required": ["since"]}, told_by=[])
