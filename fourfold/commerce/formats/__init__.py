"""Files of products: what they may come as, what their rows mean, and how products are written into one."""
