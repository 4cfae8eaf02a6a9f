"""The forms, each with the one that it follows. A form that was released is never edited."""
