"""What keeps the promises while processes die: queue, timers, leases, storage, and the HTTP edge.

It knows ports, not products: nothing here has heard of a ticket system.
"""
