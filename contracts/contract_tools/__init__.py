"""What writes and checks the files that are generated from the contract package. Not part of the package."""
