"""What a contact centre of a size needs: arithmetic on stated assumptions and measured costs. No I/O."""
