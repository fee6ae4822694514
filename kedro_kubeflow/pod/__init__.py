"""What runs inside pods. Nothing here imports kfp: an image needs the plugin, not the compiler."""
