"""Documents' pages: the window's, the post room's, and what a mailed link opens."""
