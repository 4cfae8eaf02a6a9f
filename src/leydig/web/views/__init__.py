"""Views: the content of each page, built from objects of the library, one file a page."""
