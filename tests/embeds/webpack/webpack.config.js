export default {
  mode: "production",
  // The element is a quarter of a megabyte of script, and webpack would warn of that.
  performance: { hints: false },
};
