export async function marketStatus() {}
export async function marketCheck() {}
