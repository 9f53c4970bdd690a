"""Types that flow between the stages."""
