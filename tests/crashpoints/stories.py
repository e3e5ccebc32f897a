"""The stories that are crashed. A second one instead of longer chapters: a point costs what its chapter costs."""

from collections.abc import Sequence

from tests.crashpoints.joined_story import JOINED
from tests.crashpoints.story import DAILY_LIFE, Chapter, Story

STORIES: Sequence[Story] = (DAILY_LIFE, JOINED)
CHAPTERS: Sequence[Chapter] = tuple(chapter for story in STORIES for chapter in story.chapters)
