"""What the services of the Bürgerbüro platform say to each other and to other teams."""
