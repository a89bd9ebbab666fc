"""What panels draw with: a canvas of views, marks by name, colours by role."""
