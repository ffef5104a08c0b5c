"""The cocotb side of the whole-core bench: asleep until the simulator has news."""
import cocotb


@cocotb.test()
async def execute(dut):
    """Ends when every program has run or the bench has given up; its files say which."""
    while not dut.finished.value:
        await dut.events.value_change
        print("progress", int(dut.started.value), int(dut.cycle.value), flush=True)
